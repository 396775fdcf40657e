using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Palyra.Domain.Ids;

namespace Palyra.Tests.Builders;

/// <summary>Calls whatever reflection finds, with empty arguments and one null among them.</summary>
internal static class Probe
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>The methods and constructors somebody wrote: no accessors, operators or members that a record makes for itself.</summary>
    internal static IEnumerable<MethodBase> Callables(Type type) => type.IsAbstract && !type.IsSealed
        ? []
        : type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors().Where(_ => type.GetMethod("<Clone>$") is null && !type.IsValueType))
            .Where(method => !method.IsSpecialName || method.IsConstructor)
            .Where(method => !method.IsDefined(typeof(CompilerGeneratedAttribute)) && !method.ContainsGenericParameters && method.Name is not "Equals" and not "Deconstruct");

    internal static IEnumerable<ParameterInfo> NotNullable(MethodBase method) => method.GetParameters().Where(parameter =>
        !parameter.ParameterType.IsValueType && !parameter.ParameterType.IsByRef
        && new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.NotNull);

    /// <summary>What a call throws when this argument is null and all others are empty; <see langword="null"/> when it throws nothing.</summary>
    internal static Exception? CallWithNull(MethodBase method, ParameterInfo isNull)
    {
        var arguments = method.GetParameters().Select(parameter => parameter == isNull ? null : Empty(parameter.ParameterType)).ToArray();
        try
        {
            var result = Compile(method)(method.IsStatic || method.IsConstructor ? null : Empty(method.DeclaringType!), arguments);
            (result as Task ?? result?.GetType().GetMethod(nameof(ValueTask.AsTask))?.Invoke(result, null) as Task)?.GetAwaiter().GetResult();
            return null;
        }
        catch (Exception thrown)
        {
            return thrown;
        }
    }

    private static object? Empty(Type type)
    {
        if (type.IsByRef || type.IsByRefLike)
        {
            return null;
        }

        if (type == typeof(string))
        {
            return "";
        }

        if (type.IsArray)
        {
            return Array.CreateInstance(type.GetElementType()!, 0);
        }

        if (type.IsAssignableTo(typeof(Delegate)))
        {
            var signature = type.GetMethod("Invoke")!;
            return Expression.Lambda(
                type, Expression.Default(signature.ReturnType), signature.GetParameters().Select(parameter => Expression.Parameter(parameter.ParameterType))).Compile();
        }

        if (type == typeof(TimeProvider))
        {
            return TimeProvider.System;
        }

        // A proxy cannot take a span.
        if (type == typeof(IEntropy))
        {
            return new SeededEntropy();
        }

        if (type.IsInterface)
        {
            return type.IsGenericType && typeof(List<>).MakeGenericType(type.GenericTypeArguments[0]) is var list && list.IsAssignableTo(type)
                ? Activator.CreateInstance(list)
                : DispatchProxy.Create(type, typeof(Idle));
        }

        if (type.IsAbstract)
        {
            return Array.Find(type.Assembly.GetTypes(), other => !other.IsAbstract && other.IsSubclassOf(type)) is { } one && one.Assembly == typeof(IEntropy).Assembly
                ? RuntimeHelpers.GetUninitializedObject(one)
                : type.GetMethod("Create", [])?.Invoke(null, null);
        }

        return type.IsValueType ? Activator.CreateInstance(type) : RuntimeHelpers.GetUninitializedObject(type);
    }

    // Reflection cannot pass a span; a few instructions can.
    private static Func<object?, object?[], object?> Compile(MethodBase method)
    {
        var stub = new DynamicMethod("Call", typeof(object), [typeof(object), typeof(object?[])], typeof(Probe).Module, skipVisibility: true);
        var il = stub.GetILGenerator();
        if (!method.IsStatic && !method.IsConstructor)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(method.DeclaringType!.IsValueType ? OpCodes.Unbox : OpCodes.Castclass, method.DeclaringType);
        }

        foreach (var parameter in method.GetParameters())
        {
            var type = parameter.ParameterType;
            var value = type.IsByRef ? type.GetElementType()! : type;
            var local = il.DeclareLocal(value);
            if (!value.IsByRefLike && !type.IsByRef)
            {
                il.Emit(OpCodes.Ldarg_1);
                il.Emit(OpCodes.Ldc_I4, parameter.Position);
                il.Emit(OpCodes.Ldelem_Ref);
                il.Emit(OpCodes.Unbox_Any, value);
                il.Emit(OpCodes.Stloc, local);
            }

            il.Emit(type.IsByRef ? OpCodes.Ldloca : OpCodes.Ldloc, local);
        }

        if (method is ConstructorInfo constructor)
        {
            il.Emit(OpCodes.Newobj, constructor);
        }
        else
        {
            il.Emit(method.IsVirtual ? OpCodes.Callvirt : OpCodes.Call, (MethodInfo)method);
        }

        var returned = method is MethodInfo called ? called.ReturnType : method.DeclaringType!;
        if (returned == typeof(void) || returned.IsByRefLike || returned.IsByRef)
        {
            if (returned != typeof(void))
            {
                il.Emit(OpCodes.Pop);
            }

            il.Emit(OpCodes.Ldnull);
        }
        else if (returned.IsValueType)
        {
            il.Emit(OpCodes.Box, returned);
        }

        il.Emit(OpCodes.Ret);
        return stub.CreateDelegate<Func<object?, object?[], object?>>();
    }

    /// <summary>Stands where an interface is asked for, and does nothing.</summary>
    [SuppressMessage("Performance", "CA1852", Justification = "A proxy is made by deriving from it.")]
    internal class Idle : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod?.ReturnType is { IsValueType: true } type && type != typeof(void) ? Activator.CreateInstance(type) : null;
    }
}
